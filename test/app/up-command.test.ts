import { expect } from 'chai';
import { runUp } from '../../src/app/commands/up.js';
import { packageRoot } from '../../src/app/root.js';
import type { SageError } from '../../src/contracts/errors.js';

const config = (name: string): string => `${packageRoot}/config/robots/${name}.yaml`;

describe('sage up before it starts anything', () => {
  const refused = async (options: Partial<Parameters<typeof runUp>[0]>): Promise<string> => {
    try {
      await runUp({ sim: true, config: [], ...options }, []);
      return 'nothing';
    } catch (thrown) {
      // Modules that are loaded later have classes of their own here.
      const { code, where, detail } = thrown as SageError;
      return `${code} ${where}: ${detail}`;
    }
  };
  const urdf = `${packageRoot}/test/fixtures/urdf/six-axis.urdf`;

  it('says that a file is for another robot than the simulated arm, and what to do', async () => {
    expect(await refused({ config: [config('so101')] })).to.match(
      /^SAGE_901 --config: is for another robot.*"gripper_frame_link".*--urdf FILE.*--no-sim/,
    );
    expect(await refused({ config: [config('ur5e-robotiq')] })).to.match(/^SAGE_901.*"shoulder_pan_joint"/);
  });

  it('requires everything that a custom robot needs', async () => {
    expect(await refused({ urdf })).to.match(/^SAGE_901 --urdf: needs --config FILE/);
    expect(await refused({ urdf, sim: false })).to.match(/^SAGE_901 --urdf: .*--no-sim/);
    expect(await refused({ urdf: 'none.urdf', config: [config('so101')] })).to.match(/^SAGE_902/);
    expect(await refused({ urdf, config: [config('so101')] })).to.match(/^SAGE_303/);
  });
});
