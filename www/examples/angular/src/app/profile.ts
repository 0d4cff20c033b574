import { JsonPipe } from '@angular/common';
import { Component, inject } from '@angular/core';
import { AuthService } from 'holdfast/angular';

@Component({
  selector: 'app-profile',
  imports: [JsonPipe],
  template: `<pre data-testid="claims">{{ auth.user() | json }}</pre>`,
})
export class Profile {
  protected readonly auth = inject(AuthService);
}
