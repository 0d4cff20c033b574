import { holdfastApp } from './holdfast.mjs';

holdfastApp({ host: 'auto' });
