// trouble.tsx: why it did not work, in a sentence; spoken by a screen reader as soon as it stands there.
export function Trouble({ of, id }: { of: string | null; id?: string }) {
	if (!of) return null;
	return (
		<p class="trouble" role="alert" id={id}>
			{of}
		</p>
	);
}
