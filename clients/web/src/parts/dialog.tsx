// dialog.tsx: the browser's own modal dialog: it keeps the focus inside, Escape closes it, and the focus
// returns to where it came from. From below on a phone, in the middle elsewhere.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../texts/texts';
import { Icon } from './icon';

export function Dialog(props: {
	title: string;
	onClose(): void;
	children: ComponentChildren;
	kind?: 'sheet' | 'page';
	/** One that must be answered has no cross. */
	isFirm?: boolean;
}) {
	const dialog = useRef<HTMLDialogElement>(null);
	const title = useId();
	const cameFrom = useRef<Element | null>(null);

	useEffect(() => {
		const element = dialog.current!;
		cameFrom.current = document.activeElement;
		element.showModal();
		return () => {
			element.close();
			const back = cameFrom.current as HTMLElement | null;
			if (back?.isConnected) back.focus({ preventScroll: true });
		};
	}, []);

	return (
		<dialog
			ref={dialog}
			class={'dialog ' + (props.kind ?? '')}
			aria-labelledby={title}
			onCancel={(event) => {
				event.preventDefault();
				props.onClose();
			}}
			onClick={(event) => {
				// A click beside it, not one that began inside.
				if (event.target === dialog.current && !props.isFirm) props.onClose();
			}}
		>
			<div class="dialog-body">
				<header class="dialog-head">
					<h2 id={title} tabIndex={-1}>
						{props.title}
					</h2>
					{!props.isFirm && (
						<button type="button" class="icon-button" onClick={props.onClose} aria-label={t('close')}>
							<Icon name="close" />
						</button>
					)}
				</header>
				{props.children}
			</div>
		</dialog>
	);
}
