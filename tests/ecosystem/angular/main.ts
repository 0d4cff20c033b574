/** The example's start, and at /probe the tests' own page: another Angular app, with options that the test names. */
import { provideZoneChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { App } from './app/app';
import { appConfig } from './app/app.config';

// The test builds this once with zone.js and once without. Where it is there, Angular is to use it.
const zone = 'Zone' in globalThis ? [provideZoneChangeDetection()] : [];
const started = location.pathname.startsWith('/probe')
  ? import('./probe').then(({ start }) => start(zone))
  : bootstrapApplication(App, { providers: [...appConfig.providers, zone] });
started.catch((error) => console.error(error));
