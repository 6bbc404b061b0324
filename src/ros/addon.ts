import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf, SageError } from '../contracts/errors.js';

const require = createRequire(import.meta.url);

/** What an entity of rclnodejs keeps of its native side. */
export interface NativeHandle {
  release(): void;
}

/** What SAGE calls of the native part without rclnodejs between. */
export interface RclAddon {
  /** `qos` of the options: as rclnodejs makes it. Throws where the type is not installed. */
  createSubscription(
    node: NativeHandle,
    folder: string,
    kind: string,
    name: string,
    topic: string,
    options: { readonly qos: object },
  ): NativeHandle;
  /** The next message that waits, as it came over the wire; nothing where none does. */
  rclTakeRaw(subscription: NativeHandle): Uint8Array | undefined;
  createSubscriptionEventHandle(subscription: NativeHandle, event_type: number): NativeHandle;
  takeEvent(event: NativeHandle, type: { readonly subscription_event_type: number }): unknown;
}

/**
 * Loads the native part of rclnodejs before rclnodejs itself does. When it cannot load it, for instance because
 * the ROS libraries are not on the path, rclnodejs 2.2.0 deletes the build and compiles again; a start from a
 * shell without ROS must not cost everybody the installation.
 * Throws SAGE_803 without a usable ROS environment, SAGE_801 where nothing was built.
 */
export function loadAddon(): RclAddon {
  if (!process.env.AMENT_PREFIX_PATH) {
    throw new SageError('SAGE_803', 'AMENT_PREFIX_PATH', 'no ROS 2 is sourced; start SAGE with ./bin/sage');
  }
  const root = dirname(require.resolve('rclnodejs/package.json'));
  const file = [prebuilt(root), join(root, 'build', 'Release', 'rclnodejs.node')].find(existsSync);
  if (file === undefined) throw new SageError('SAGE_801', 'rclnodejs', 'its native part is not built');
  try {
    return require(file) as RclAddon;
  } catch (thrown) {
    throw new SageError('SAGE_803', 'rclnodejs', messageOf(thrown), { cause: thrown });
  }
}

/** The binary that the package ships for this distribution and ROS 2; where there is one, rclnodejs takes it. */
function prebuilt(root: string): string {
  const { platform, arch } = process;
  const name = `${process.env.ROS_DISTRO ?? ''}-${codename()}-${arch}-node-rclnodejs.node`;
  return join(root, 'prebuilds', `${platform}-${arch}`, name);
}

function codename(): string {
  const file = '/etc/os-release';
  if (!existsSync(file)) return '';
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}
