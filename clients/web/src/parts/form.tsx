// form.tsx: a dialog that asks for something, and the two buttons at its end: to do it, or to leave it.
import type { ComponentChildren } from 'preact';
import { t } from '../texts/texts';
import { Dialog } from './dialog';

export function Buttons(props: {
	label: string;
	isGrave?: boolean;
	isDisabled?: boolean;
	/** Without it the button sends the form that it stands in. */
	onDo?(): void;
	onClose(): void;
	/** A further way, between the two. */
	children?: ComponentChildren;
}) {
	return (
		<p class="buttons stuck">
			<button
				type={props.onDo ? 'button' : 'submit'}
				class={props.isGrave ? 'button grave' : 'button primary'}
				disabled={props.isDisabled}
				onClick={props.onDo}
			>
				{props.label}
			</button>
			{props.children}
			<button type="button" class="button plain" onClick={props.onClose}>
				{t('cancel')}
			</button>
		</p>
	);
}

export function Form(props: { title: string; onClose(): void; onSend(): void; children: ComponentChildren }) {
	return (
		<Dialog title={props.title} onClose={props.onClose}>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					props.onSend();
				}}
				onKeyDown={(event) => {
					// Ctrl+Enter presses the button from wherever one writes.
					if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
					event.preventDefault();
					event.currentTarget.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
				}}
			>
				{props.children}
			</form>
		</Dialog>
	);
}
