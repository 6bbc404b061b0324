import { type Argument, Help, type HelpConfiguration, type Option } from 'commander';

/** Leaves defaults that say nothing (`[]`, `{}`, `""`, `true` of a switch) out of every command's help. */
export const HELP: HelpConfiguration = {
  optionDescription: (option) => described(option, (help) => help.optionDescription(option)),
  argumentDescription: (argument) => described(argument, (help) => help.argumentDescription(argument)),
};

function described({ defaultValue, description }: Argument | Option, usual: (help: Help) => string): string {
  const empty =
    defaultValue === '' || (typeof defaultValue === 'object' && Object.keys(defaultValue ?? {}).length === 0);
  return empty || defaultValue === true ? description : usual(new Help());
}
