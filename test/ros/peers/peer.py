"""An rclpy node that does what a test tells it, one JSON command per line on stdin, one JSON event per line out.

Commands: publisher, publish, publish_raw, stream, subscribe, call, goal, cancel, quit. Every command with an "id" is answered
by {"id", "ok", ...} or {"id", "error"}. Messages are JSON objects with the fields of their ROS type; {"$fill": b,
"$length": n} stands for n bytes of b, and "$now" for the present as a stamp.
"""

import array
import base64
import importlib
import json
import math
import struct
import sys
import threading
import time

import rclpy
from rclpy.action import ActionClient
from rclpy.duration import Duration
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

#: how long anything may take on a loaded machine: less than the test waits for the answer, so that it hears why
PATIENCE_S = 50.0
#: the longest pause that is left out of the stamps; the node takes a longer one for a pause, not for lost frames
RESUME_MAX = Duration(seconds=5.0)

out_lock = threading.Lock()


def say(event):
    with out_lock:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def load(name):
    package, kind, interface = name.split("/")
    return getattr(importlib.import_module(f"{package}.{kind}"), interface)


def fill(node, message, fields):
    for name, value in fields.items():
        current = getattr(message, name)
        if value == "$now":
            value = node.get_clock().now().to_msg()
        elif isinstance(value, dict) and "$fill" in value:
            value = array.array("B", bytes([value["$fill"]]) * value["$length"])
        elif isinstance(value, dict):
            value = fill(node, current, value)
        elif isinstance(value, list):
            value = fill_list(node, message, name, value)
        elif isinstance(value, str) and isinstance(current, float):
            value = float(value)
        elif isinstance(current, float):
            value = float(value)
        elif isinstance(current, bytes):
            value = bytes([value])
        setattr(message, name, value)
    return message


def fill_list(node, message, name, values):
    kind = message.get_fields_and_field_types()[name]
    element = kind.split("<")[-1].split(">")[0].split("[")[0].split(",")[0]
    if "/" in element:
        package, short = element.split("/")
        made = load(f"{package}/msg/{short}")
        return [fill(node, made(), value) for value in values]
    if element in ("double", "float"):
        return [float(value) for value in values]
    return values


def plain(value):
    if hasattr(value, "get_fields_and_field_types"):
        return {name: plain(getattr(value, name)) for name in value.get_fields_and_field_types()}
    if isinstance(value, bytes):
        return value[0] if len(value) == 1 else list(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        items = value.tolist() if hasattr(value, "tolist") else list(value)
        if isinstance(items, (int, float, str)):
            return items
        if len(items) > 2000:
            return {"$length": len(items)}
        return [plain(item) for item in items]
    return value


def qos_of(command):
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=command.get("depth", 10),
        reliability=ReliabilityPolicy.BEST_EFFORT if command.get("best_effort") else ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if command.get("latched") else DurabilityPolicy.VOLATILE,
    )


class Peer:
    def __init__(self):
        rclpy.init()
        self.node = Node("peer")
        self.publishers = {}
        self.streams = {}  # by topic: the stamp that would follow the last stream
        self.clients = {}
        self.actions = {}
        self.goals = {}
        self.executor = MultiThreadedExecutor(4)
        self.executor.add_node(self.node)
        threading.Thread(target=self.executor.spin, daemon=True).start()

    def publisher(self, command):
        kind = load(command["type"])
        key = command.get("as", command["topic"])
        self.publishers[key] = (kind, self.node.create_publisher(kind, command["topic"], qos_of(command)))
        return {}

    def drop(self, command):
        self.node.destroy_publisher(self.publishers.pop(command["as"])[1])
        return {}

    def matched(self, command):
        """Waits until a publisher has the given number of subscribers, or a deadline passes."""
        publisher = self.publishers[command["as"]][1]
        wanted = command.get("count", 1)
        until = time.monotonic() + PATIENCE_S
        while publisher.get_subscription_count() < wanted and time.monotonic() < until:
            time.sleep(0.02)
        return {"count": publisher.get_subscription_count()}

    def heard(self, command):
        """Waits until a topic of the graph has a subscriber, whoever publishes it."""
        until = time.monotonic() + PATIENCE_S
        while self.node.count_subscribers(command["topic"]) == 0:
            if time.monotonic() > until:
                raise TimeoutError(f"nobody subscribes to {command['topic']}")
            time.sleep(0.02)
        return {}

    def publish(self, command):
        kind, publisher = self.publishers[command["topic"]]
        publisher.publish(fill(self.node, kind(), command["message"]))
        return {}

    def publish_raw(self, command):
        """Publishes CDR bytes as they are, with the stamp of its header (bytes 4 to 11) set to the present."""
        data = bytearray(base64.b64decode(command["base64"]))
        now = self.node.get_clock().now().to_msg()
        struct.pack_into("<iI", data, 4, now.sec, now.nanosec)
        self.publishers[command["topic"]][1].publish(bytes(data))
        return {}

    def stream(self, command):
        """Publishes a message `count` times at `rate_hz`, stamped as a camera that keeps its rate; answers when done.

        With `resume` its stamps follow those of the stream before, as if the camera had never paused, unless that one
        is too long over.
        """
        kind, publisher = self.publishers[command["topic"]]
        message = fill(self.node, kind(), command["message"])
        period = 1.0 / command["rate_hz"]
        due = time.monotonic()
        begin = self.node.get_clock().now()
        follows = self.streams.get(command["topic"])
        if command.get("resume") and follows is not None and begin - follows < RESUME_MAX:
            begin = follows
        self.streams[command["topic"]] = begin + Duration(seconds=command["count"] * period)
        for index in range(command["count"]):
            if hasattr(message, "header"):
                message.header.stamp = (begin + Duration(seconds=index * period)).to_msg()
            publisher.publish(message)
            due += period
            time.sleep(max(0.0, due - time.monotonic()))
        return {"sent": command["count"]}

    def subscribe(self, command):
        topic = command["topic"]
        key = command.get("as", topic)
        self.node.create_subscription(
            load(command["type"]),
            topic,
            lambda message: say({"topic": key, "message": plain(message)}),
            qos_of(command),
        )
        return {}

    def call(self, command):
        kind = load(command["type"])
        client = self.clients.get(command["service"])
        if client is None:
            client = self.node.create_client(kind, command["service"])
            self.clients[command["service"]] = client
        if not client.wait_for_service(timeout_sec=PATIENCE_S):
            raise TimeoutError(f"no service {command['service']}")
        done = threading.Event()
        future = client.call_async(fill(self.node, kind.Request(), command.get("request", {})))
        future.add_done_callback(lambda _: done.set())
        if not done.wait(PATIENCE_S):
            raise TimeoutError(f"no answer from {command['service']}")
        return {"response": plain(future.result())}

    def goal(self, command):
        kind = load(command["type"])
        client = self.actions.get(command["action"])
        if client is None:
            client = ActionClient(self.node, kind, command["action"])
            self.actions[command["action"]] = client
        if not client.wait_for_server(timeout_sec=PATIENCE_S):
            raise TimeoutError(f"no action {command['action']}")
        name = command["as"]
        sent = client.send_goal_async(
            fill(self.node, kind.Goal(), command["goal"]),
            feedback_callback=lambda got: say({"goal": name, "feedback": plain(got.feedback)}),
        )

        def accepted(future):
            handle = future.result()
            self.goals[name] = handle
            say({"goal": name, "accepted": handle.accepted})
            if handle.accepted:
                handle.get_result_async().add_done_callback(
                    lambda result: say(
                        {
                            "goal": name,
                            "status": result.result().status,
                            "result": plain(result.result().result),
                        }
                    )
                )

        sent.add_done_callback(accepted)
        return {}

    def cancel(self, command):
        done = threading.Event()
        future = self.goals[command["as"]].cancel_goal_async()
        future.add_done_callback(lambda _: done.set())
        if not done.wait(PATIENCE_S):
            raise TimeoutError("no answer to cancel")
        return {"canceling": len(future.result().goals_canceling)}

    def nodes(self, _command):
        return {"nodes": [f"{space.rstrip('/')}/{name}" for name, space in self.node.get_node_names_and_namespaces()]}

    def topics(self, _command):
        return {"topics": dict(self.node.get_topic_names_and_types())}

    def run(self):
        say({"ready": True})
        for line in sys.stdin:
            command = json.loads(line)
            if command["do"] == "quit":
                break
            threading.Thread(target=self.answer, args=(command,), daemon=True).start()
        self.executor.shutdown(timeout_sec=1.0)
        rclpy.try_shutdown()

    def answer(self, command):
        try:
            say({"id": command["id"], "ok": getattr(self, command["do"])(command)})
        except Exception as error:  # every failure is told to the test, whatever it is
            say({"id": command["id"], "error": f"{type(error).__name__}: {error}"})


Peer().run()
