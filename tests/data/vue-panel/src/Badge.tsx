import { defineComponent, ref } from 'vue'

const Inner = defineComponent(() => {
  const at = ref<number>(0)
  return () => <button id="badge" onClick={() => (at.value += 1)}>{`badge ${at.value}`}</button>
})

export const Badge = defineComponent({ setup: () => () => <Inner /> })
