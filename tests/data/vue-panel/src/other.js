import { acceptHMRUpdate, defineStore } from 'pinia'
import { ref } from 'vue'

export const useOther = defineStore('other', () => {
  const sum = ref(200)
  const more = () => {
    sum.value += 1
  }
  return { sum, more }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useOther, import.meta.hot))
