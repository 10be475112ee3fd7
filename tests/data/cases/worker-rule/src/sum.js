export const sum = (all) => all.reduce((one, other) => one + other, 0)
