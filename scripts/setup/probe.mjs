/** Run by set-up's last step: loads each native part once and starts a ROS node that knows our messages. */
import { InferenceSession } from 'onnxruntime-node';
import rclnodejs from 'rclnodejs';
import sharp from 'sharp';

await rclnodejs.init();
const node = rclnodejs.createNode('sage_setup_check');
node.createPublisher('sage/msg/Salience', 'sage_setup_check');
rclnodejs.shutdown();

await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
  .raw()
  .toBuffer();
if (typeof InferenceSession.create !== 'function')
  throw new Error('onnxruntime-node brings no InferenceSession');
process.exit(0);
