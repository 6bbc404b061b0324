// The smallest plugin: it counts to ten. node.plugins: [docs/examples/counter-plugin.mjs]
export function extension(parameters) {
  const plugin = {
    id: 'counter',
    declaration: {
      state_space: 'a number',
      noise_model: 'none',
      energy: 'distance from ten',
      coherence_contribution: 'none: nothing else reads its answer',
    },
    resource: 'time',
    cost: { init_atp: 1, step_atp: 1 },
    limits: {
      max_steps: 20,
      deadline_ms: 500,
      halt_eps: parameters.irp.halt_eps,
      halt_k: parameters.irp.halt_k,
      feasible_margin: null,
    },
    initState: (task) => task.start,
    energy: (state) => Math.abs(10 - state),
    step: (state) => state + Math.sign(10 - state),
    project: (state) => state,
    answer: (state) => state,
  };
  // Ties the plugin to the cycle: when it is worth running and on what, and what its result changes.
  const faculty = {
    plugin: plugin.id,
    offer: (_situation, running) => ({
      plugin: plugin.id,
      resource: plugin.resource,
      sources: [],
      task: { start: 0 },
      goal_need: 0.1,
      running,
      last_result_ms: null,
    }),
    integrate: () => {},
  };
  return { plugin, faculty };
}
