import { type Argument, Help, type HelpConfiguration, type Option } from 'commander';

/** How every command's help is written: a default that says nothing (`[]`, `""`, `true` of a switch) is left out. */
export const HELP: HelpConfiguration = {
  optionDescription: (option) => described(option, (help) => help.optionDescription(option)),
  argumentDescription: (argument) => described(argument, (help) => help.argumentDescription(argument)),
};

function described({ defaultValue, description }: Argument | Option, usual: (help: Help) => string): string {
  const empty = (Array.isArray(defaultValue) && defaultValue.length === 0) || defaultValue === '';
  return empty || defaultValue === true ? description : usual(new Help());
}
