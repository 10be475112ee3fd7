export interface Label {
  label: string
}
