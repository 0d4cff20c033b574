import { start } from './app.js';

start(document.querySelector('main'));
