// asked.ts: which dialog is open, and about what. One at a time.
import { signal } from '@preact/signals';
import type { WirePost } from '../connection/protocol';
import type { Finding, Item, Person, Sanction } from './wire';

export type Asked =
	| { kind: 'reject'; item: Item }
	| { kind: 'mask'; circle: string; post: WirePost; item?: Item | undefined; findings?: Finding[] | undefined }
	| { kind: 'remove' | 'restore'; circle: string; post: WirePost; item?: Item | undefined }
	| { kind: 'sanction'; circle: string; participant: Person; cause: string; findings?: Finding[] | undefined; lang?: string | undefined }
	| { kind: 'lift'; circle: string; participant: Person; sanction: Sanction }
	| { kind: 'person'; circle: string; participant: Person }
	| { kind: 'post'; circle: string; post: WirePost }
	| { kind: 'pace' | 'door' | 'notice' | 'pin' | 'crisis' | 'crisisEnd'; circle: string }
	| { kind: 'freeze'; circle: string; thread: string; isFrozen: boolean }
	| { kind: 'note'; circle: string; about: Record<string, string> }
	| { kind: 'help' | 'prefs' | 'waiting' | 'handover' };

export const asked = signal<Asked | null>(null);

export function ask(what: Asked): void {
	asked.value = what;
}
