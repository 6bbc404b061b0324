import { expect } from 'chai';
import type { Effects } from '../../src/contracts/effects.js';
import type { LogHeader } from '../../src/contracts/log.js';
import type { Observations } from '../../src/kernel/latest-buffers.js';
import { addFitted } from '../../src/robot/fitted-shapes.js';
import { descriptionHash } from '../../src/ros/description-hash.js';
import { InputTeller, RUN_TOPIC } from '../../src/ros/input-teller.js';
import type { RosNode } from '../../src/ros/node.js';

const URDF =
  '<robot name="r"><link name="a"><collision><geometry><mesh filename="package://arm/a.stl"/></geometry></collision></link></robot>';
const CAPSULE = { a: [0, 0, 0], b: [0, 0, 0.2], radius_m: 0.05 } as const;
const FITTED = addFitted(URDF, [{ link: 'a', capsules: [CAPSULE], sha256: 'f'.repeat(64) }]);
const HEADER = { kind: 'header', sage: '1.0.0', config_hash: 'c' } as LogHeader;

/** What a teller publishes on `/sage/run`. */
function telling() {
  const headers: Record<string, unknown>[] = [];
  const publisher = (_type: string, topic: string) => ({
    publish: (message: { readonly header_json: string }) => {
      if (topic === RUN_TOPIC) headers.push(JSON.parse(message.header_json) as Record<string, unknown>);
    },
  });
  const teller = new InputTeller({ publisher, now_ms: () => 1000 } as unknown as RosNode);
  const effects = { goal_events: [], report: { cycle: 3 } } as unknown as Effects;
  const describe = (urdf: string): void => {
    const reading = { kind: 'robot_description', source: 'robot_description', urdf };
    teller.taken(
      { readings: [reading], faults: new Map(), dropped: new Map() } as unknown as Observations,
      effects,
    );
  };
  return { teller, headers, describe };
}

describe('what a node publishes of its run', () => {
  it('has the shapes of the meshes, by the description as it was published', () => {
    const { teller, headers, describe } = telling();
    teller.run(HEADER, 500);
    describe(FITTED);
    expect(headers).to.have.length(2);
    expect(headers[0]).to.deep.equal(HEADER);
    const shapes = headers[1]?.shapes as Record<string, string>;
    expect(Object.keys(shapes)).to.deep.equal([descriptionHash(URDF)]);
    expect(shapes[descriptionHash(URDF)]).to.include('<sage_capsules link="a"');
  });

  it('says that no shape was fitted where the robot has no meshes at hand, and nothing where it needs none', () => {
    const { teller, headers, describe } = telling();
    describe(URDF);
    describe(URDF.replace(/<collision>.*<.collision>/, ''));
    expect(headers, 'nothing before the run begins').to.deep.equal([]);
    teller.run(HEADER, 500);
    expect(headers).to.deep.equal([{ ...HEADER, shapes: { [descriptionHash(URDF)]: '' } }]);
  });

  it('keeps the newest four descriptions', () => {
    const { teller, headers, describe } = telling();
    const others = Array.from({ length: 6 }, (_, n) => URDF.replace('name="r"', `name="r${n}"`));
    for (const urdf of others) describe(urdf);
    teller.run(HEADER, 500);
    const kept = Object.keys(headers[0]?.shapes as Record<string, string>);
    expect(kept).to.have.members(others.slice(2).map(descriptionHash));
  });
});
