const HEADER = `================================================================================
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
`;
const TRANSFORM = `================================================================================
MSG: geometry_msgs/Vector3
float64 x
float64 y
float64 z
================================================================================
MSG: geometry_msgs/Quaternion
float64 x
float64 y
float64 z
float64 w
`;

/**
 * Definitions of the standard messages that SAGE reads (common_interfaces of ROS 2 Jazzy, constants left out): for
 * bags that carry none, as sqlite3 bags before Iron, and for those that SAGE writes itself.
 */
export const KNOWN_DEFINITIONS: Readonly<Record<string, string>> = {
  'std_msgs/msg/String': 'string data\n',
  'std_msgs/msg/Bool': 'bool data\n',
  'rosgraph_msgs/msg/Clock': 'builtin_interfaces/Time clock\n',
  'sensor_msgs/msg/Image': `std_msgs/Header header
uint32 height
uint32 width
string encoding
uint8 is_bigendian
uint32 step
uint8[] data
${HEADER}`,
  'sensor_msgs/msg/JointState': `std_msgs/Header header
string[] name
float64[] position
float64[] velocity
float64[] effort
${HEADER}`,
  'sensor_msgs/msg/CompressedImage': `std_msgs/Header header\nstring format\nuint8[] data\n${HEADER}`,
  'sensor_msgs/msg/CameraInfo': `std_msgs/Header header
uint32 height
uint32 width
string distortion_model
float64[] d
float64[9] k
float64[9] r
float64[12] p
uint32 binning_x
uint32 binning_y
sensor_msgs/RegionOfInterest roi
${HEADER}================================================================================
MSG: sensor_msgs/RegionOfInterest
uint32 x_offset
uint32 y_offset
uint32 height
uint32 width
bool do_rectify
`,
  'sensor_msgs/msg/BatteryState': `std_msgs/Header header
float32 voltage
float32 temperature
float32 current
float32 charge
float32 capacity
float32 design_capacity
float32 percentage
uint8 power_supply_status
uint8 power_supply_health
uint8 power_supply_technology
bool present
float32[] cell_voltage
float32[] cell_temperature
string location
string serial_number
${HEADER}`,
  'geometry_msgs/msg/PoseStamped': `std_msgs/Header header
geometry_msgs/Pose pose
${HEADER}================================================================================
MSG: geometry_msgs/Pose
geometry_msgs/Point position
geometry_msgs/Quaternion orientation
================================================================================
MSG: geometry_msgs/Point
float64 x
float64 y
float64 z
================================================================================
MSG: geometry_msgs/Quaternion
float64 x
float64 y
float64 z
float64 w
`,
  'tf2_msgs/msg/TFMessage': `geometry_msgs/TransformStamped[] transforms
================================================================================
MSG: geometry_msgs/TransformStamped
std_msgs/Header header
string child_frame_id
geometry_msgs/Transform transform
================================================================================
MSG: geometry_msgs/Transform
geometry_msgs/Vector3 translation
geometry_msgs/Quaternion rotation
${TRANSFORM}${HEADER}`,
};
