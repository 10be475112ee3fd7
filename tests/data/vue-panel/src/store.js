import { defineStore } from 'pinia'

export const useStore = defineStore('store', {
  state: () => ({ total: 100 }),
  actions: {
    more() {
      this.total += 1
    },
  },
})
