/** The parts of the official packages that the runtime uses; the packages' own types need a mini program. */
declare module 'qcloud-iotexplorer-appdev-sdk' {
  export class AppDevSdk {
    constructor(options: Record<string, unknown>)
    [member: string]: any
    static constants: any
    static utils: any
  }
}
declare module 'event-emitter-for-miniprogram' {
  export default class EventEmitter {
    on(type: string, listener: (...args: any[]) => unknown): this
    once(type: string, listener: (...args: any[]) => unknown): this
    off(type: string, listener?: (...args: any[]) => unknown): this
    emit(type: string, ...args: any[]): Promise<unknown> | undefined
  }
}
declare module 'crypto-js/core' {
  const CryptoJS: any
  export default CryptoJS
}
declare module 'crypto-js/*' {}
