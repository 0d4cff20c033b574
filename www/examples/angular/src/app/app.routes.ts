import type { Routes } from '@angular/router';
import { authGuard } from 'holdfast/angular';
import { Home } from './home';

export const routes: Routes = [
  { path: '', pathMatch: 'full', component: Home },
  {
    path: 'profile',
    canActivate: [authGuard],
    loadComponent: () => import('./profile').then(({ Profile }) => Profile),
  },
  // Nothing is shown while a sign-in is finished; then the app goes to where the person was.
  { path: 'callback', children: [] },
];
