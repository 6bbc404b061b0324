"""Starts what bringup.yaml describes; `sage up` starts the same where there is no launch command."""

import os
import re

import yaml
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, Shutdown
from launch.conditions import IfCondition
from launch.substitutions import AndSubstitution, EqualsSubstitution, LaunchConfiguration, TextSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

SHARE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TYPES = {'bool': bool, 'int': int, 'double': float, 'string': str}


def substituted(text):
    """Turns `$(name)` within a text into launch substitutions, and `$(share)` into the package's share folder."""
    parts = []
    for literal, name in re.findall(r'((?:(?!\$\(\w+\)).)+)|\$\((\w+)\)', str(text)):
        if name == 'share':
            parts.append(TextSubstitution(text=SHARE))
        elif name:
            parts.append(LaunchConfiguration(name))
        else:
            parts.append(TextSubstitution(text=literal))
    return parts or [TextSubstitution(text='')]


def argument(spec):
    """Declares one launch argument."""
    return DeclareLaunchArgument(
        spec['name'],
        default_value=spec['default'],
        choices=spec.get('choices'),
        description=spec['description'],
    )


def condition(when):
    """Holds when every argument named has its value; without any, it always holds."""
    holds = TextSubstitution(text='true')
    for name, value in when.items():
        holds = AndSubstitution(holds, EqualsSubstitution(LaunchConfiguration(name), value))
    return IfCondition(holds)


def parameters(specs):
    """Values with their types, as ROS would otherwise guess them from the text."""
    return {
        name: ParameterValue(substituted(spec['value']), value_type=TYPES[spec['type']])
        for name, spec in specs.items()
    }


def process(spec, common):
    """One process. No node name: a process holds several nodes, and each keeps its own."""
    return Node(
        package='sage',
        executable=spec['executable'],
        namespace=substituted(common['namespace']),
        arguments=[substituted(text) for text in spec['arguments']],
        parameters=[parameters({**common['parameters'], **spec['parameters']})],
        remappings=[(substituted(pair['from']), substituted(pair['to'])) for pair in spec['remappings']],
        ros_arguments=['--log-level', substituted(common['log_level'])],
        condition=condition(spec['when']),
        output='both',
        on_exit=Shutdown(reason=f'{spec["executable"]} ended'),
    )


def generate_launch_description():
    """What `ros2 launch` calls."""
    with open(os.path.join(SHARE, 'launch', 'bringup.yaml'), encoding='utf-8') as file:
        description = yaml.safe_load(file)
    return LaunchDescription(
        [argument(spec) for spec in description['arguments']]
        + [process(spec, description['common']) for spec in description['processes']]
    )
