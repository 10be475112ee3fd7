import { sum } from './sum'

onmessage = ({ data }) => postMessage(`sum ${sum(data)}`)
