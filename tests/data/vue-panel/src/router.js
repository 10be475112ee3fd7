import { createRouter, createWebHashHistory } from 'vue-router'
import Home from './Home.vue'

export const title = 'routes'
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: Home },
    { path: '/page/:id', component: () => import('./Page.vue') },
  ],
})
