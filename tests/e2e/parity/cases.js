/** All cases, by subject. Imported by the page, and by the test for their names. */
export { inputs } from './inputs.js';
export { headers } from './headers.js';
export { methods } from './methods.js';
export { uploads } from './uploads.js';
export { uploadStreams } from './upload-streams.js';
export { answers } from './answers.js';
export { reading } from './reading.js';
export { settings } from './settings.js';
export { aborts } from './aborts.js';
export { redirects } from './redirects.js';
