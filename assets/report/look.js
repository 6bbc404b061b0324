/* Colours, dark or light as the reader has it. */

/** Of lines, in their order. */
export const COLOURS = [
  '#4a90d9',
  '#d1495b',
  '#2a9d6f',
  '#d08a1d',
  '#8b5fc7',
  '#3a9fb5',
  '#b0568f',
  '#7a8594',
];
/** Of refinements, by why they ended. */
export const ENDS = {
  'slope<eps': '#2a9d6f',
  feasible: '#4a90d9',
  max_steps: '#d08a1d',
  timeout: '#b0568f',
  failed: '#d1495b',
  cancelled: '#9aa5b5',
};
/** Of the metabolic states. */
export const STATES = {
  WAKE: '#4a90d9',
  FOCUS: '#2a9d6f',
  REST: '#9aa5b5',
  DREAM: '#7b4fb5',
  CRISIS: '#d1495b',
};
/** Of what is none of them. */
export const OTHER = '#7a8594';
export const FAULT = '#d1495b';
/** Of what somebody changed. */
export const CHANGE = '#8b5fc7';

const dark = matchMedia('(prefers-color-scheme: dark)');
export const ink = dark.matches ? '#9aa5b5' : '#5d6776';
export const grid = dark.matches ? '#2a323e' : '#e6eaf0';
dark.addEventListener('change', () => location.reload());
