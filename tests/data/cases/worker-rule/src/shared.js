import { sum } from './sum'

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => port.postMessage(`shared ${sum([data, 3])}`)
}
