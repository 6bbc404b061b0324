"""Evaluates launch/bringup.launch.py without ROS: `evaluate.py LAUNCH_FILE name:=value...` prints what it starts.

The launch packages exist in no registry. What the launch file uses of them is small, and stands in here as
recorders with the same names and meaning; what it would start comes out as JSON.
"""

import importlib.util
import json
import sys
import types


class Text:
    def __init__(self, text):
        self.text = text

    def perform(self, _values):
        return self.text


class Configuration:
    def __init__(self, name):
        self.name = name

    def perform(self, values):
        return values[self.name]


class Equals:
    def __init__(self, left, right):
        self.sides = (left, right)

    def perform(self, values):
        left, right = (perform(side, values) for side in self.sides)
        return 'true' if left == right else 'false'


class And:
    def __init__(self, left, right):
        self.sides = (left, right)

    def perform(self, values):
        return 'true' if all(perform(side, values) == 'true' for side in self.sides) else 'false'


class Recorded:
    """An action: keeps what it was made with."""

    def __init__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs


class Declaration(Recorded):
    pass


class Process(Recorded):
    pass


class Value:
    def __init__(self, value, *, value_type):
        self.value = value
        self.type = value_type


class Condition:
    def __init__(self, predicate):
        self.predicate = predicate


def perform(parts, values):
    """What launch does with text, one substitution, or a list of either."""
    if isinstance(parts, str):
        return parts
    if isinstance(parts, list):
        return ''.join(perform(part, values) for part in parts)
    return parts.perform(values)


def typed(value, values):
    text = perform(value.value, values)
    return text.lower() == 'true' if value.type is bool else value.type(text)


def install_stand_ins():
    contents = {
        'launch': {'LaunchDescription': lambda entities: entities},
        'launch.actions': {'DeclareLaunchArgument': Declaration, 'Shutdown': Recorded},
        'launch.conditions': {'IfCondition': Condition},
        'launch.substitutions': {
            'AndSubstitution': And,
            'EqualsSubstitution': Equals,
            'LaunchConfiguration': Configuration,
            'TextSubstitution': lambda text: Text(text),
        },
        'launch_ros': {},
        'launch_ros.actions': {'Node': Process},
        'launch_ros.parameter_descriptions': {'ParameterValue': Value},
    }
    for name, members in contents.items():
        module = types.ModuleType(name)
        module.__dict__.update(members)
        sys.modules[name] = module


def described(process, values):
    use = process.kwargs
    return {
        'package': use['package'],
        'executable': use['executable'],
        'namespace': perform(use['namespace'], values),
        'arguments': [perform(argument, values) for argument in use['arguments']],
        'ros_arguments': [perform(argument, values) for argument in use['ros_arguments']],
        'parameters': {
            name: typed(value, values) for group in use['parameters'] for name, value in group.items()
        },
        'remappings': [[perform(side, values) for side in pair] for pair in use['remappings']],
        'ends_all': isinstance(use['on_exit'], Recorded),
    }


def main():
    install_stand_ins()
    spec = importlib.util.spec_from_file_location('bringup', sys.argv[1])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    entities = module.generate_launch_description()
    declared = [entity for entity in entities if isinstance(entity, Declaration)]
    values = {entity.args[0]: entity.kwargs['default_value'] for entity in declared}
    values.update(pair.split(':=', 1) for pair in sys.argv[2:])
    print(
        json.dumps(
            {
                'arguments': [{'name': entity.args[0], **entity.kwargs} for entity in declared],
                'processes': [
                    described(entity, values)
                    for entity in entities
                    if isinstance(entity, Process)
                    and perform(entity.kwargs['condition'].predicate, values) == 'true'
                ],
            }
        )
    )


main()
