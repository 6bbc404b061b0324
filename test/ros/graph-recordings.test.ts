import { expect } from 'chai';
import { skip } from '../skip.js';
import { Fixture, noRos, ownDomain, PATIENCE_MS, Peer } from './harness.js';
import { readMessages, recording } from './recording.js';

const RAW = '/camera/image_raw';
const COMPRESSED = '/camera/image_raw/compressed';

describe("the camera block with a Spot robot's recorded images", function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;
  const raw = recording('spot_raw_images');
  const compressed = recording('spot_compressed_images');

  before(async function () {
    const reason = noRos() ?? (raw === null || compressed === null ? 'the recordings are not there' : null);
    if (reason !== null) skip(this, reason);
    const domain = ownDomain();
    [fixture, peer] = await Promise.all([Fixture.start(domain), Peer.start(domain)]);
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  /** Publishes a recorded message until the block has said something about it. */
  async function show(topic: string, file: string | null, recorded: string): Promise<string> {
    const bytes = readMessages(file ?? '').get(recorded);
    if (bytes === undefined) throw new Error(`${recorded} is not in the recording`);
    const from = fixture.events.all.length;
    const said = fixture.events.wait(
      `news of ${recorded}`,
      (event) => {
        if (event.kind === 'fault' && event.source === 'camera') return event.fault?.code;
        if (event.kind !== 'reading' || event.reading.source !== 'camera') return undefined;
        const { width, height, encoding, mean } = event.reading.frame as Record<string, unknown>;
        expect(Number(mean)).to.be.within(5, 250);
        return `${width} × ${height} ${encoding}`;
      },
      from,
    );
    let settled = false;
    void said.finally(() => {
      settled = true;
    });
    while (!settled) {
      await peer.do('publish_raw', { topic, base64: bytes.toString('base64') });
      await Promise.race([said, new Promise((resolve) => setTimeout(resolve, 300))]);
    }
    return said;
  }

  it('takes mono8 and rgb8 with is_bigendian set, and refuses depth (16UC1)', async () => {
    await peer.publisher('sensor_msgs/msg/Image', RAW, { best_effort: true });
    expect(await show(RAW, raw, '/spot/camera/frontleft/image')).to.equal('640 × 480 mono8');
    expect(await show(RAW, raw, '/spot/depth/frontleft/image')).to.equal('SAGE_202');
    expect(await show(RAW, raw, '/spot/camera/hand_color/image')).to.equal('640 × 480 rgb8');
    expect(await show(RAW, raw, '/spot/camera/hand_mono/image')).to.equal('224 × 171 mono8');
    await peer.do('drop', { as: RAW });
  });

  it('decodes grey and coloured JPEG, and refuses a depth image in a PNG of 16 bits', async () => {
    await peer.publisher('sensor_msgs/msg/CompressedImage', COMPRESSED, { best_effort: true });
    expect(await show(COMPRESSED, compressed, '/spot/camera/frontleft/image/compressed')).to.match(/mono8$/);
    expect(await show(COMPRESSED, compressed, '/spot/depth/frontleft/image/compressed')).to.equal('SAGE_202');
    expect(await show(COMPRESSED, compressed, '/spot/camera/hand_color/image/compressed')).to.match(/rgb8$/);
  });
});
