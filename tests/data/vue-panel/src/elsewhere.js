export default {
  data: () => ({ at: 0 }),
}
