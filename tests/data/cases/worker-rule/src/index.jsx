import Sum from './sum.worker'

const ask = (port, value) =>
  new Promise((resolve) => {
    port.onmessage = ({ data }) => resolve(data)
    port.postMessage(value)
  })
const shared = new SharedWorker(new URL('./shared.js', import.meta.url))
const answers = Promise.all([ask(new Sum(), [1, 2, 3]), ask(shared.port, 2)])
answers.then((all) => ReactDOM.render(<b id="out">{all.join(' ')}</b>, document.getElementById('app')))
