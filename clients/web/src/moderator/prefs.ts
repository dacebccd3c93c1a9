// prefs.ts: how this moderator likes the desk; kept on this device. What could disturb is off at first.
import { signal } from '@preact/signals';
import { recall, remember } from '../connection/memory';

export interface Prefs {
	/** Single keys do something (WCAG 2.1.4: they can be switched off). */
	keys: boolean;
	/** The next item opens by itself after a decision. */
	moves: boolean;
	blur: boolean;
	sound: boolean;
	vibration: boolean;
}

const AT_FIRST: Prefs = { keys: true, moves: true, blur: false, sound: false, vibration: false };

export const prefs = signal<Prefs>({ ...AT_FIRST, ...recall<Partial<Prefs>>('desk.prefs') });

export function prefer(change: Partial<Prefs>): void {
	prefs.value = { ...prefs.peek(), ...change };
	remember('desk.prefs', prefs.peek());
}

/** A short soft tone, or a short stir: only for whoever asked for it. */
export function sound(): void {
	if (prefs.peek().vibration && 'vibrate' in navigator) navigator.vibrate([120, 80, 120]);
	if (!prefs.peek().sound) return;
	try {
		const audio = new AudioContext();
		const tone = audio.createOscillator();
		const volume = audio.createGain();
		tone.frequency.value = 620;
		volume.gain.setValueAtTime(0.0001, audio.currentTime);
		volume.gain.exponentialRampToValueAtTime(0.12, audio.currentTime + 0.03);
		volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.5);
		tone.connect(volume).connect(audio.destination);
		tone.start();
		tone.stop(audio.currentTime + 0.55);
		tone.onended = () => void audio.close();
	} catch {
		// No sound on this device: the alert is seen anyway.
	}
}
