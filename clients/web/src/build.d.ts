/** Where the moderators' style sheet lies; build.mjs writes it. */
declare const DESK_STYLE: string;
