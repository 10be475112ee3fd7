export const double = (value) => value * 2
export const shout = (text) => `${text}!`
