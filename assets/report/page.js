/* The page of `sage report`: draws what stands in #data with uPlot, and bars of its own on the same axis of time. */
import { budget, trust } from './parts/course.js';
import { decisions } from './parts/decisions.js';
import { head } from './parts/head.js';
import { refinements } from './parts/refinements.js';
import { salience } from './parts/salience.js';
import { settings } from './parts/settings.js';
import { states } from './parts/states.js';

for (const draw of [head, states, salience, refinements, budget, trust, decisions, settings]) draw();
document.body.dataset.drawn = String(document.querySelectorAll('.uplot').length);
