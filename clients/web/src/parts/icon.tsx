// icon.tsx: the few signs that the page uses, drawn here. They never stand for a word alone: whoever
// uses one names the button.

const paths = {
	menu: 'M4 7h16M4 12h16M4 17h10',
	search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4.2-4.2',
	inbox: 'M4 13l2.5-8h11L20 13v6H4v-6zm0 0h5a3 3 0 0 0 6 0h5',
	person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-3.6 3.8-5.5 7.500-5.500s6.700 1.900 7.500 5.500',
	people: 'M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM2.500 19c.6-3 3.200-4.700 6.500-4.700s5.900 1.700 6.500 4.700M16 5.300a3.300 3.300 0 0 1 0 6.400M18 14.800c2 .6 3.200 2.100 3.600 4.200',
	close: 'M6 6l12 12M18 6L6 18',
	back: 'M19 12H5m6-6l-6 6 6 6',
	send: 'M12 19V5m-6 6l6-6 6 6',
	reply: 'M10 6L4 12l6 6M4 12h9c4 0 7 2.500 7 7',
	thread: 'M5 5h14v10H11l-4 4v-4H5z',
	more: 'M5 12h.01M12 12h.01M19 12h.01',
	down: 'M12 5v14m-6-6l6 6 6-6',
	clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2',
	check: 'M5 13l4.500 4.500L19 7',
	link: 'M9.500 14.500l5-5M8 11l-2 2a3.500 3.500 0 0 0 5 5l2-2M16 13l2-2a3.500 3.500 0 0 0-5-5l-2 2',
	flag: 'M6 21V4h11l-2 4 2 4H6',
	pen: 'M5 19l1-4L16 5l3 3L9 18z',
	trash: 'M5 7h14M10 7V5h4v2M7 7l1 13h8l1-13',
	info: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 11v5M12 8h.01',
	lock: 'M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z',
	globe: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM4 12h16M12 4c2.500 2.500 3.500 5 3.500 8s-1 5.500-3.500 8c-2.500-2.500-3.500-5-3.500-8S9.500 6.500 12 4z',
	calm: 'M4 13c2.500-3 5-3 8 0s5.500 3 8 0M4 18c2.500-3 5-3 8 0s5.500 3 8 0',
	desk: 'M4 19V9l8-5 8 5v10M4 19h16M9 19v-6h6v6',
	scale: 'M12 4v16M8 20h8M5 8h14M5 8l-2.500 6a2.800 2.800 0 0 0 5 0L5 8zM19 8l-2.500 6a2.800 2.800 0 0 0 5 0L19 8z',
	bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500h4',
	eye: 'M3 12c2.300-4 5.300-6 9-6s6.700 2 9 6c-2.300 4-5.300 6-9 6s-6.700-2-9-6zM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z',
	snow: 'M12 3v18M4.200 7.500l15.600 9M19.800 7.500l-15.600 9M9.500 4.500L12 7l2.500-2.500M9.500 19.500L12 17l2.500 2.500',
	mask: 'M4 8h16v8H4zM4 12h16',
	undo: 'M8 5L4 9l4 4M4 9h10a5.500 5.500 0 0 1 0 11h-4',
	up: 'M12 19V6m-5 5l5-5 5 5',
	rising: 'M5 18L18 6M10 6h8v8',
	falling: 'M5 6l13 12M18 10v8h-8',
	level: 'M4 12h16M14 6l6 6-6 6',
	storm: 'M12 3l9.500 17h-19zM12 10v5M12 17.500h.01',
	note: 'M5 4h14v11l-5 5H5zM14 20v-5h5M8 9h8M8 12.500h5',
	door: 'M6 21V4h10v17M4 21h16M13 12.500h.01',
	keyboard: 'M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 15h8',
	pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
	user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20c.8-3.600 3.800-5.500 7.500-5.500M16 17l2 2 4-4',
	settings: 'M4 7h9M17 7h3M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM4 17h3M11 17h9M7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0z',
	list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
	download: 'M12 4v11m-5-5l5 5 5-5M5 20h14',
} as const;

export type IconName = keyof typeof paths;

/** `turns`: an arrow that follows the direction of reading. */
export function Icon({ name, turns }: { name: IconName; turns?: boolean }) {
	return (
		<svg
			class={turns ? 'icon turns' : 'icon'}
			viewBox="0 0 24 24"
			fill="none"
			stroke="currentColor"
			stroke-width={name === 'more' ? 3 : 1.8}
			stroke-linecap="round"
			stroke-linejoin="round"
			aria-hidden="true"
			focusable="false"
		>
			<path d={paths[name]} />
		</svg>
	);
}
