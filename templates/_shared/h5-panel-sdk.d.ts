/**
 * Types of the H5 panel SDK: the `window.h5PanelSdk` that the host page provides, and the same object when
 * it is imported from 'qcloud-iotexplorer-h5-panel-sdk'.
 *
 * Members marked "undocumented" exist in the SDK but not in its public document. Members marked "newer SDK"
 * are absent from release 1.2.11.
 */

declare namespace H5Panel {
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
  /** `{ProductId}/{DeviceName}` */
  type DeviceId = string;
  /** 1 online, 0 offline */
  type DeviceStatus = 0 | 1;
  /**
   * The product's thing model, filled in by `thing-model.d.ts`, which `devkit types` makes; then a wrong id
   * or value is an error. Without that file any id is taken.
   */
  interface Model {}
  type Part<Name extends string, Otherwise> = Model extends Record<Name, infer Found> ? Found : Otherwise;
  /** Property id → value, in the units of the thing model; a bool is 0 or 1. */
  type DeviceData = Part<'properties', Record<string, any>>;
  type PropertyId = keyof DeviceData & string;
  /** What may be set. */
  type Controls = { [Id in Part<'writable', string> & PropertyId]?: DeviceData[Id] };
  /** What a device reports: some of its properties. */
  type Reported = { [Id in PropertyId]?: ReportedValue<DeviceData[Id]> };
  type ModelEvents = Part<'events', Record<string, any>>;
  type Actions = Part<'actions', Record<string, { input: any; output: any }>>;
  type ActionId = keyof Actions & string;
  /** What every rejected call gives: a plain object, not an Error. */
  interface CallError { code: number | string; msg: string; reqId?: string; [detail: string]: unknown }

  type ValueType = 'bool' | 'int' | 'float' | 'string' | 'enum' | 'stringenum' | 'timestamp' | 'struct' | 'array';
  /** Definition of a value; numbers come as text. */
  interface ValueDefinition {
    type: ValueType | (string & {});
    /** bool, enum and stringenum: value → label */
    mapping?: Record<string, string>;
    min?: string | number;
    max?: string | number;
    start?: string | number;
    step?: string | number;
    unit?: string;
    /** struct: its members */
    specs?: StructMember[];
    /** array: its element */
    arrayInfo?: ValueDefinition;
  }
  interface StructMember { id: string; name: string; dataType: ValueDefinition }
  interface Property {
    id: string;
    name: string;
    desc?: string;
    /** `r`: reported by the device only; `rw`: may be controlled too */
    mode: 'r' | 'rw' | (string & {});
    define: ValueDefinition;
    required?: boolean;
  }
  interface EventParameter { id: string; name: string; define: ValueDefinition }
  interface ModelEvent {
    id: string;
    name: string;
    desc?: string;
    type: 'alert' | 'fault' | 'info' | (string & {});
    params: EventParameter[];
    required?: boolean;
  }
  interface ModelAction {
    id: string;
    name: string;
    desc?: string;
    input: EventParameter[];
    output: EventParameter[];
    required?: boolean;
  }
  /** The product's thing model, already parsed. */
  interface DataTemplate {
    version?: string;
    profile?: { ProductId?: string; CategoryId?: string };
    properties?: Property[];
    events?: ModelEvent[];
    actions?: ModelAction[];
  }

  /** Times are in seconds. */
  interface DeviceInfo {
    ProductId: string;
    DeviceName: string;
    DeviceId: DeviceId;
    AliasName: string;
    IconUrl: string;
    UserID?: string;
    FamilyId?: string;
    RoomId?: string;
    DeviceType?: number;
    CreateTime?: number;
    UpdateTime?: number;
    [field: string]: any;
  }
  interface ProductInfo {
    ProductId: string;
    Name: string;
    Description?: string;
    /** The thing model as JSON text. */
    DataTemplate: string | DataTemplate;
    NetType?: 'wifi' | 'ble' | (string & {});
    CategoryId?: number;
    /** 0 plain device, 5 gateway */
    ProductType?: number;
    Services?: string[];
    IconUrl?: string;
    /** seconds */
    UpdateTime?: number;
    [field: string]: any;
  }
  interface UserInfo {
    UserID: string;
    NickName: string;
    Avatar: string;
    CountryCode: string;
    /** With its middle masked: 138****1234 */
    PhoneNumber: string;
    Email: string;
    [field: string]: any;
  }
  interface FamilyInfo { FamilyId: string; FamilyName: string; Role?: number; [field: string]: any }
  interface RoomInfo { RoomId: string; RoomName: string; [field: string]: any }
  interface DeviceOption { /** Default: the panel's own device. */ deviceId?: DeviceId }

  interface ReportedValue<Value = any> { Value: Value; /** ms */ LastUpdate: number }
  interface HistoryItem { /** ms */ Time: number; Value: string }
  interface History { RequestId: string; Context: string; FieldName: string; Listover: boolean; Results: HistoryItem[] }

  interface ReportEvent { deviceId: DeviceId; deviceData: Reported }
  interface StatusEvent { deviceId: DeviceId; deviceStatus: DeviceStatus }
  /** One of the thing model's events; compare `Payload.eventId`. */
  interface EventReport {
    deviceId: DeviceId;
    Payload: { [Id in keyof ModelEvents & string]: { eventId: Id; params: ModelEvents[Id]; [field: string]: any } }[
      keyof ModelEvents & string
    ];
  }
  interface PayloadEvent { deviceId: DeviceId; Payload: any }
  interface SubDeviceEvent { gatewayDeviceId: DeviceId; subDeviceList: any[]; action?: 'bind' | 'unbind' }
  /** Pushes arrive for every device of the user: compare `deviceId` with `sdk.deviceId`. */
  interface Events {
    wsReport: [event: ReportEvent];
    wsControl: [event: ReportEvent];
    wsStatusChange: [event: StatusEvent];
    wsEventReport: [event: EventReport];
    wsActionPush: [event: PayloadEvent];
    wsActionReport: [event: PayloadEvent];
    wsClose: [event: { code: number; reason: string }];
    wsError: [error: unknown];
    /** Every push as it came. Undocumented. */
    wsPush: [message: any];
    wsDeviceBind: [event: PayloadEvent];
    wsDeviceUnbind: [event: PayloadEvent];
    wsSubDeviceBind: [event: SubDeviceEvent];
    wsSubDeviceUnbind: [event: SubDeviceEvent];
    wsSubDeviceChange: [event: SubDeviceEvent];
    /** Gateways: the sub-device list after a change. Undocumented. */
    subDeviceChange: [subDeviceList: any[]];
    /** Speech recognised; shards come in any order. */
    asrResponse: [event: AsrResponse];
    /** The mini program came to the front, or left it. */
    appShow: [payload?: any];
    appHide: [payload?: any];
    /** The page of the panel came to the front, or left it. */
    pageShow: [payload?: any];
    pageHide: [payload?: any];
  }
  interface Emitter<E> {
    /** Listen; hand the same function to `off` when the panel goes. */
    on<K extends keyof E & string>(type: K, listener: (...args: E[K] extends any[] ? E[K] : never) => void): this;
    on(type: string, listener: (...args: any[]) => void): this;
    once<K extends keyof E & string>(type: K, listener: (...args: E[K] extends any[] ? E[K] : never) => void): this;
    once(type: string, listener: (...args: any[]) => void): this;
    /** Stop listening; without a listener all of that type go. */
    off(type: (keyof E & string) | (string & {}), listener?: (...args: any[]) => void): this;
    /** Resolves when every listener has. */
    emit(type: (keyof E & string) | (string & {}), ...args: any[]): Promise<unknown>;
  }

  interface TipOptions {
    type?: 'info' | 'danger' | 'loading' | 'success';
    /** Resolve once the tip has gone. */
    waitForHide?: boolean;
    /** ms; 0 stays. Default 1500, errors 3000. */
    duration?: number;
    /** ms before it shows */
    delayDuration?: number;
    canClickClose?: boolean;
    /** When false, later tips are dropped until this one closes. */
    canBeReplace?: boolean;
    mask?: boolean;
    /** showError: text for an error without one */
    defaultMsg?: string;
  }
  interface ModalOptions {
    title?: string;
    content?: string;
    showCancel?: boolean;
    cancelText?: string;
    cancelColor?: string;
    confirmText?: string;
    confirmColor?: string;
  }
  interface Tips {
    show(message: string, options?: TipOptions): Promise<void>;
    hide(): Promise<void>;
    /** Follow with `hideLoading`. */
    showLoading(message?: string, options?: TipOptions): Promise<void>;
    hideLoading(): Promise<void>;
    showSuccess(message: string, options?: TipOptions): Promise<void>;
    showInfo(message: string, options?: TipOptions): Promise<void>;
    /** Shows the text of an Error, of a rejected call, or the text given. */
    showError(error: unknown, options?: TipOptions): Promise<void>;
    /** true: confirmed */
    showModal(options: ModalOptions): Promise<boolean>;
    confirm(title?: string, content?: string, options?: ModalOptions): Promise<boolean>;
    alert(content?: string, options?: ModalOptions): Promise<boolean>;
  }
  interface OfflineTip { show(): void; hide(): void }

  interface DetailItem {
    labelIcon?: string;
    label: string;
    content?: string;
    className?: string;
    onClick?: () => void;
  }
  interface DetailButton {
    text: string;
    className?: string;
    type?: 'danger' | 'primary' | 'warning';
    onClick: () => void;
  }
  interface DeviceDetailOptions {
    deviceInfo?: Partial<DeviceInfo>;
    /** px, default 110 */
    labelWidth?: number;
    /** px, default 10 */
    marginTop?: number;
    shareParams?: object;
    extendItems?: DetailItem[];
    extendButtons?: DetailButton[];
    containerClassName?: string;
  }
  interface FirmwareVersions { CurrentVersion: string; DstVersion: string }
  interface FirmwareStatus {
    deviceId?: DeviceId;
    state: 'downloading' | 'updating' | 'burning' | 'done' | 'fail' | (string & {});
    /** 0-100; the spelling is the platform's */
    persent: number;
    version: string;
    /** 0 ok, -1 download time-out, -2 no such file, -3 signature expired, -4 MD5 differs, -5 update failed */
    resultCode: number;
    resultMsg?: string;
  }

  /** A Bluetooth device as a search finds it. */
  interface BleDeviceInfo {
    deviceId: string;
    deviceName: string;
    serviceId: string;
    name?: string;
    productId?: string;
    explorerDeviceId?: DeviceId;
    RSSI?: number;
    /** Two-digit hex strings */
    advertisData?: string[];
    advertisServiceUUIDs?: string[];
    [field: string]: any;
  }
  interface BleSearchOptions {
    serviceId?: string;
    /** Default: those of all adapters */
    serviceIds?: string[];
    ignoreDeviceIds?: string[];
    onSearch: (devices: BleDeviceInfo[]) => void;
    onError: (error: any) => void;
    /** ms, default 20000 */
    timeout?: number;
  }
  interface BleFindOptions {
    deviceName: string;
    productId?: string;
    serviceId?: string;
    serviceIds?: string[];
    ignoreDeviceIds?: string[];
    disableCache?: boolean;
    /** ms, default 5000 */
    timeout?: number;
  }
  interface BleModuleInfo {
    module_hardinfo?: string;
    module_softinfo?: string;
    fw_ver?: string;
    imei?: string;
    mac?: string;
    device_label?: { append_info?: string };
  }
  interface BleAdapterEvents { adapterStateChange: [state: { available: boolean; discovering: boolean }] }
  interface BluetoothAdapter extends Emitter<BleAdapterEvents> {
    addAdapter(adapter: DeviceAdapterClass, force?: boolean): void;
    /** Opens Bluetooth once; a failure may be tried again. */
    init(): Promise<void>;
    startSearch(options: BleSearchOptions): Promise<void>;
    stopSearch(): Promise<void>;
    searchDevice(options: BleFindOptions): Promise<BleDeviceInfo | null>;
    /** `autoNotify` (default true) subscribes to the first notifying characteristic. */
    connectDevice(device: BleDeviceInfo, options?: { autoNotify?: boolean }): Promise<DeviceAdapter>;
    /** Undocumented. */
    searchAndConnectDevice(options: BleFindOptions & { autoNotify?: boolean }): Promise<DeviceAdapter>;
    getDeviceAdapter(device: { explorerDeviceId?: DeviceId; deviceId?: string }): DeviceAdapter | undefined;
    reportDeviceInfo(report: { productId: string; deviceName: string; deviceInfo: BleModuleInfo }): Promise<any>;
  }
  interface Characteristics { notifyIds: string[]; indicateIds: string[]; writeIds: string[]; readIds: string[] }
  interface DeviceAdapterEvents {
    connect: [];
    disconnect: [];
    /** What `handleBLEMessage` returned, with when and whether it went to the cloud. */
    message: [message: { timestamp: number; dataReported: boolean; [field: string]: any }];
    bLEConnectionStateChange: [state: { connected: boolean }];
    bind: [payload?: any];
    authorized: [payload?: any];
  }
  /** Base class of your own Bluetooth protocol: extend `sdk.DeviceAdapter`. */
  interface DeviceAdapter extends Emitter<DeviceAdapterEvents> {
    readonly explorerDeviceId: DeviceId;
    readonly isConnected: boolean;
    /** Bluetooth id of the mini program */
    readonly deviceId: string;
    readonly serviceId: string;
    /** Advertised name */
    readonly originName: string;
    readonly characteristicsMap: Record<string, Characteristics>;
    /** Yours: `reportData` goes to the cloud, the rest into the `message` event. */
    handleBLEMessage(
      hexString: string,
      source: { serviceId: string; characteristicId: string },
    ): { reportData?: Partial<DeviceData>; [field: string]: any };
    connectDevice(options?: { autoNotify?: boolean }): Promise<any>;
    disconnectDevice(): void;
    bindDevice(options?: any): Promise<any>;
    getBLEDeviceServices(): Promise<any>;
    getBLEDeviceCharacteristics(options?: { serviceId?: string }): Promise<any>;
    /** 22 to 512 bytes, Android only */
    setBLEMTU(options: { mtu: number }): Promise<any>;
    /** The value comes through `handleBLEMessage`. */
    readBLECharacteristicValue(options?: { serviceId?: string; characteristicId?: string }): Promise<void>;
    getBLEDeviceRSSI(): Promise<any>;
    notifyBLECharacteristicValueChange(
      options?: { characteristicId?: string; serviceId?: string; state?: boolean },
    ): Promise<void>;
    write(hexString: string, options?: { writeId?: string; serviceId?: string }): Promise<any>;
  }
  interface DeviceAdapterClass<A extends DeviceAdapter = DeviceAdapter> {
    new (options?: any): A;
    /** Primary service */
    serviceId: string;
    /** Yours: null when the device is not of this product. */
    deviceFilter(device: BleDeviceInfo): BleDeviceInfo | null;
  }
  /** LLSync, the platform's own Bluetooth protocol. */
  interface StandardDeviceAdapter extends DeviceAdapter {
    authenticateConnection(options: { deviceName: string }): Promise<any>;
    readonly authorized: boolean;
    readonly bleVersion: number;
    readonly mtu: number;
    readonly otaVersion: string;
    readonly extendInfo: { macStr: string; [field: string]: any };
    /** Undocumented from here on. */
    reconnectDevice(): Promise<any>;
    unbindDevice(options?: any): Promise<any>;
    controlDevice(options: any): Promise<any>;
    controlAction(options: any): Promise<any>;
    startListenLLEvents(): void;
    /** Upgrades the firmware over Bluetooth; the detail of a progress code may hold `progress`, 0-100. */
    startOta(options: { onProgress?: (step: { code: string; msg: string; detail: any }) => void }): Promise<any>;
    cancelOta(): void;
    /** Firmware over Bluetooth; the codes of its steps come through `onProgress`. */
    startOta(options?: { onProgress?: (step: { code: string; detail?: any }) => void }): Promise<any>;
    cancelOta(): Promise<any>;
  }

  interface VoiceOptions {
    DeviceId?: DeviceId;
    AudioType: 'file' | 'sentence';
    Data: Blob | File;
    ResourceName?: string;
    /** Default 16k_zh */
    EngineType?: string;
    FilterDirty?: number;
    FilterModal?: number;
    FilterPunc?: number;
    ConvertNumMode?: number;
    /** file only */
    ChannelNum?: number;
    SpeakerDiarization?: number;
    SpeakerNumber?: number;
  }
  interface AsrResponse {
    deviceId: DeviceId;
    data: { resource_token: string; /** 0 ok */ result_code: number; total_num: number; seq: number; res_text: string };
  }

  interface CloudStorageDevice { ProductId: string; DeviceName: string }
  /** Parameters of the cloud storage actions of `requestTokenApi`. Other actions take any object. */
  interface TokenActions {
    IotVideoDescribeCloudStorageEvents: CloudStorageDevice & {
      StartTime?: number; EndTime?: number; Context?: string; Size?: number; EventId?: string;
    };
    IotVideoDescribeCloudStorageThumbnail: CloudStorageDevice & { Thumbnail: string };
    IotVideoDescribeCloudStorageDate: CloudStorageDevice;
    IotVideoDescribeCloudStorageTime: CloudStorageDevice & { Date: string; StartTime?: number; EndTime?: number };
    IotVideoGenerateSignedVideoURL: { ProductId: string; VideoURL: string; ExpireTime: number };
    IotVideoDescribeCloudStorageStreamData: CloudStorageDevice & { StartTime: string };
  }

  /** Quality of a track. */
  type MusicQuality = /** FQ */ 1 | /** standard */ 2 | /** HQ */ 4 | /** SQ */ 8 | /** Hi-Res */ 16 | /** Dolby */ 32 | /** master */ 64 | /** Atmos */ 128;
  /** Kind of a play list: song list 5, song 6, radio 7, ranking 8, album 9, singer 10, recommended 12, free area 14. */
  type MusicListType = 5 | 6 | 7 | 8 | 9 | 10 | 12 | 14;
  interface MusicSong {
    SongId: number;
    SongMid: string;
    SongName: string;
    SingerName: string;
    /** seconds */
    SongPlayTime: number;
    SongPlayUrl?: string;
    Try30SUrl?: string;
    /** ms */
    TryBegin?: number;
    TryEnd?: number;
    UnplayableCode?: number;
    UnplayableMsg?: string;
    [field: string]: any;
  }
  interface MusicSyncEntry {
    UserOwnRule: number;
    SongId: number;
    SongPlayTime: number;
    SongURL: string;
    SongName: string;
    SingerName: string;
  }
  interface MusicSelfList {
    DissId: number;
    DissName: string;
    DissPic: string;
    SongNum: number;
    ListenNum: number;
    CreateTime: number;
    UpdateTime: number;
  }
  interface MusicList {
    DissId: number;
    DissTitle: string;
    PicUrl: string;
    Hot: number;
    TotalNum: number;
    OwnerFlag: number;
    SongList: MusicSong[];
  }
  interface MusicLyric {
    SongId: number;
    SongLyric: string;
    SongTranslateEncLyric: string;
    SongRomeEncLyric: string;
    SongQrcEncLyric: string;
  }
  interface MusicVideo { Id: number; Vid: string; Title: string; Subtitle: string; PicURL: string; Duration: number; PlayCnt: number; CommentCnt: number }
  interface MusicRanking { TopId: number; TopName: string; TopType: number; ListenNum: number; SongList: MusicSong[]; [field: string]: any }
  /**
   * QQ Music. Newer SDK. Calls reject with InvalidParameterValue.OAuthClientNotExist before login, save
   * getAuthStatus, goAuthPage and the two of free songs. "Unconfirmed": the printed document lost the name.
   */
  interface QQMusic {
    getAuthStatus(): Promise<boolean>;
    goAuthPage(): void;
    /** SongMids wins. */
    describeSongInfoBatch(query: { SongIds?: number[]; SongMids?: string[] }): Promise<MusicSong[]>;
    describeLyric(query: { SongId?: number; SongMid?: string }): Promise<MusicLyric>;
    /** 12 mainland, 9 Korea, 13 Hong Kong, Macao and Taiwan, 3 West, 8 Japan, 1 latest */
    describeNewTrack(query: { Tag: 12 | 9 | 13 | 3 | 8 | 1 }): Promise<MusicSong[]>;
    /** Throws when the necessary song cannot be played. */
    pickSongInfoForSync(
      list: MusicSong[], options: { quality: MusicQuality; necessarySongId?: number },
    ): MusicSyncEntry[];
    syncSongList(list: {
      Id: string; Name: string; Type: MusicListType; Quality: MusicQuality; Total: number; Page: number;
      PageSize: number; SongList: MusicSyncEntry[]; PlaySongId: number;
    }): Promise<void>;
    describeSelfSongList(): Promise<MusicSelfList[]>;
    /** Page from 0, PageSize at most 30 */
    describeSongList(query: { DissId: number; Page: number; PageSize: number }): Promise<MusicList>;
    /** 1 add, 2 remove, 3 list favourites. Unconfirmed. */
    operateSquareSongList(query: { DissId: number; Op: 1 | 2 | 3 }): Promise<{ Data: MusicSelfList[] }>;
    /** Unconfirmed. */
    describeMVList(query: { MVType: 0 | 1; MVTag: number }): Promise<MusicVideo[]>;
    /** MVVids wins. Unconfirmed. */
    describeMV(query: { MVIds?: number[]; MVVids?: string[] }): Promise<any[]>;
    /** SearchType: 0 single, 8 album, 12 video, 15 radio; Page from 1 */
    searchMusic(query: { KeyWord: string; SearchType: 0 | 8 | 12 | 15; Page?: number; Num?: number }): Promise<any>;
    /** Unconfirmed. */
    searchSingerList(query: { Keyword: string; Page?: number; PageSize?: number }): Promise<any>;
    /** -100 is all. Unconfirmed. */
    describeSingerList(query: { Area: number; Type: number; Genre: number }): Promise<any[]>;
    /** Unconfirmed. */
    describeSinger(query: {
      SingerId: number; Page: number; PageSize: number; Order?: 0 | 1; Wiki?: 0 | 1;
    }): Promise<any>;
    /** 1 all, 2 song, 3 album, 4 list; UpdateTime 0 at first, then as returned */
    describeRecentPlay(query: { Type: 1 | 2 | 3 | 4; UpdateTime: number }): Promise<{ Data: any; UpdateTime: number }>;
    reportRecentPlay(play: { ResourceId: number; Type: 2 | 3 | 4 }): Promise<void>;
    describeHomepageSongList(query: { SN: string; Type: string }): Promise<{ ShelfArr: any[]; RcItemArr: any[] }>;
    describeIndividualRadio(): Promise<MusicSong[]>;
    /** 30 songs */
    describeDailySongs(): Promise<MusicSong[]>;
    /** Unconfirmed. */
    describeTopList(): Promise<{ GroupId: number; GroupName: string; GroupType: number; GroupTopList: MusicRanking[] }[]>;
    /** Unconfirmed. */
    describeTopListInfo(query: { TopId: number; Page: number; PageSize: number }): Promise<MusicRanking>;
    describeFreeSongList(): Promise<{ SongList: any[]; Number: number; Name: string; Pic: string; BannerPic: string }>;
    describeFreeSongInfo(query: { SongId: number; SongToken: string }): Promise<MusicSong>;
  }

  interface Sdk extends Emitter<Events> {
    /** Resolves when the page data is there: at once, or later in the ultrafast mode. Wait before reading. */
    sdkReady(): Promise<void>;
    /** Resolves after login. Undocumented. */
    ready(): Promise<void>;

    readonly deviceId: DeviceId;
    readonly productId: string;
    readonly deviceName: string;
    deviceInfo: DeviceInfo;
    /** Current property values: one live object, updated in place before wsReport. Undocumented. */
    deviceData: DeviceData;
    deviceStatus: DeviceStatus;
    readonly deviceDisplayName: string;
    readonly dataTemplate: DataTemplate;
    readonly productInfo: ProductInfo;
    readonly productConfig: any;
    readonly isShareDevice: boolean;
    /** Absent for a shared device, as are roomId and familyInfo. */
    readonly familyId: string | undefined;
    readonly familyInfo: FamilyInfo | undefined;
    readonly roomId: string | undefined;
    readonly roomName: string;
    readonly roomList: RoomInfo[];
    readonly isFamilyOwner: boolean;
    readonly userInfo: UserInfo;
    /** Undocumented from here to `themeColorMap`. */
    readonly isMock: boolean;
    readonly isStandardBleDevice: boolean;
    bleDeviceId: string;
    readonly debug: boolean;
    readonly uin: string;
    readonly lid: string;
    readonly quid: string;
    /** ms */
    readonly born: number;
    readonly thirdPlatformId: string;
    readonly thirdAccessToken: string;
    readonly isGroup: boolean;
    readonly groupId: string;
    readonly groupName: string;
    readonly groupInfo: { GroupId: string; RoomId?: string; deviceList?: any[] } | null;
    readonly isShareGroup: boolean;
    readonly belongGroups: any[];
    readonly themeColorMap: Record<'primary' | 'success' | 'grey' | 'danger' | 'weak' | 'muted', string>;
    readonly ERROR_MESSAGES: Record<string, string>;

    /** The document promises one product; the SDK resolves to a list. */
    getProductInfo(options?: { productId?: string }): Promise<ProductInfo[]>;
    getDeviceInfo(options?: DeviceOption): Promise<DeviceInfo>;
    /** Gateways only; `syncFailList` holds those that are not bound to the family. */
    getSubDeviceList(): Promise<{ subDeviceList: DeviceInfo[]; syncFailList: DeviceInfo[] }>;
    /** Writes properties. A virtual device of the console (`isMock`) gives undefined. */
    controlDeviceData(data: Controls | string, deviceId?: DeviceId): Promise<any> | undefined;
    /** Calls an action of the thing model and waits for its output. */
    callDeviceAction<Id extends ActionId>(
      actionPayload: Actions[Id]['input'], actionId: Id, deviceId?: DeviceId,
    ): Promise<{ Status: string; OutputParams: Actions[Id]['output']; [field: string]: any }>;
    getDeviceData(options?: DeviceOption): Promise<Reported>;
    getDeviceDataHistory(options: {
      FieldName: PropertyId; /** ms */ MinTime: number; /** ms */ MaxTime: number; Context?: string; Limit: number;
    }): Promise<History>;
    getDeviceStatus(options?: DeviceOption): Promise<DeviceStatus>;
    /** Asks first, then unbinds and leaves the panel. */
    deleteDevice(options?: DeviceOption & { reserveData?: 0 | 1 | boolean }): Promise<void>;
    getShareParams(options?: DeviceOption): Promise<any>;
    /** Unless silent, offers the upgrade to an online device. */
    checkFirmwareUpgrade(options?: DeviceOption & { silent?: boolean }): Promise<FirmwareVersions>;
    checkFirmwareUpdate(device: { ProductId: string; DeviceName: string }): Promise<FirmwareVersions>;
    getDeviceLatestOTAInfo(options?: DeviceOption): Promise<{ TargetVersion: string; FirmwareURL: string }>;
    downLoadDeviceOTA(options?: DeviceOption): Promise<{ otaData: ArrayBuffer; deviceId: DeviceId }>;
    reportFirmwareVersion(options: DeviceOption & { version: string }): Promise<any>;
    reportOTAStatus(status: FirmwareStatus): Promise<any>;
    goFirmwareUpgradePage(options?: DeviceOption): Promise<any>;
    /** Also refreshes `sdk.userInfo`. */
    getUserInfo(): Promise<UserInfo>;
    createWifiBindToken(familyId?: string, roomId?: string): Promise<string>;
    getDevicesByBindToken(token: string): Promise<any[]>;

    tips: Tips;
    offlineTip: OfflineTip;
    showOfflineTip(): void;
    hideOfflineTip(): void;
    /** Full-screen device page inside the panel. */
    showDeviceDetail(options?: DeviceDetailOptions): Promise<void> | void;
    hideDeviceDetail(): void;

    goDeviceDetailPage(
      options?: DeviceOption & { reload?: boolean; isShareDevice?: boolean; shareParams?: object | string },
    ): Promise<any>;
    goGatewayAddSubDevicePage(gatewayDeviceId: DeviceId): Promise<any>;
    goFeedBackPage(): Promise<any>;
    goDeviceInfoPage(options?: DeviceOption): Promise<any>;
    goEditDeviceNamePage(options?: DeviceOption & { name?: string }): Promise<any>;
    goDevicePanelPage(
      deviceId: DeviceId, options?: { passThroughParams?: Record<string, string>; redirect?: boolean },
    ): Promise<any>;
    goRoomSettingPage(options?: DeviceOption): Promise<any>;
    goShareDevicePage(options?: DeviceOption & { shareParams?: object }): Promise<any>;
    /** `featureId` limits the timers shown to one property. */
    goTimingProjectPage(options?: DeviceOption & { isShareDevice?: boolean; featureId?: string }): Promise<any> | void;
    /** Newer SDK. */
    goVideoPanelPage(
      options?: DeviceOption & { passThroughParams?: Record<string, string>; redirect?: boolean },
    ): Promise<any> | void;
    /** Undocumented. */
    goScenePage(options?: { type?: 'default' | 'manual' | 'auto' }): Promise<any>;
    /** The target must be allow-listed. */
    navigateToMiniprogram(options: {
      appid: string; extraData?: any; envVersion?: 'develop' | 'trial' | 'release'; path?: string; shortLink?: string;
    }): Promise<any>;
    /** Closes the panel. */
    navBack(): Promise<any>;
    /** The mini program fetches its data anew once the panel has closed. */
    reloadAfterUnmount(): Promise<any>;
    setShareConfig(config: { title: string; /** Default: a screenshot */ imgUrl?: string }): Promise<any>;
    triggerVibrateShort(type?: 'heavy' | 'medium' | 'light'): Promise<any> | void;
    /** Vibrate before a control when the filter wants it. Undocumented. */
    setTriggerVibrateShortFilter(
      filter: (property: Property) => boolean, options?: { vibrateShortType?: 'heavy' | 'medium' | 'light' },
    ): void;
    /** Any `wx.miniProgram` function by name. Undocumented. */
    callMpApi(api: string, params?: object): Promise<any>;

    /** Calls a cloud action as the user; rejects with `CallError`. */
    requestTokenApi<A extends keyof TokenActions>(action: A, data: TokenActions[A], options?: object): Promise<any>;
    requestTokenApi<T = any>(action: string, data?: object, options?: object): Promise<T>;

    /** One handler for each, the last wins. Undocumented; prefer `on`. */
    onWsClose(handler: (event: { code: number; reason: string }) => void): this;
    onWsError(handler: (error: unknown) => void): this;
    onWsControl(handler: (event: ReportEvent) => void): this;
    onWsReport(handler: (event: ReportEvent) => void): this;
    onWsStatusChange(handler: (event: StatusEvent) => void): this;

    blueToothAdapter: BluetoothAdapter;
    getBleDeviceAdapter(...args: any[]): any;
    DeviceAdapter: DeviceAdapterClass;
    StandardDeviceAdapter: DeviceAdapterClass<StandardDeviceAdapter>;

    /** The answer comes as `asrResponse`. */
    voiceRecognition(options: VoiceOptions): Promise<{ ResourceToken: string }>;
    /** Recorded files only. */
    getAsrDownloadUrl(options: { DeviceId: DeviceId; ResourceToken: string }): Promise<{ ResourceURL: string }>;
    TRTCManager: { goTRTCPage(callType: 'video' | 'audio'): Promise<any> | void; isTRTCDevice?: any; [name: string]: any };
    qqMusic: QQMusic;

    appDevSdk: any;
    /** WeChat JS-SDK; there after `wxSdkReady`. */
    wx: any;
    wxSdkReady(): Promise<any>;

    /** Undocumented from here on. */
    controlGroupData(data: Controls | string, groupId?: string): Promise<any>;
    goGroupDetailPage(options?: { groupId?: string; reload?: boolean; shareParams?: object }): Promise<any>;
    showGroupDetail(options?: object): any;
    deleteGroup(options?: object): Promise<any>;
    getGroupInfo(options?: object): Promise<any>;
    getGroupDeviceList(options?: object): Promise<any[]>;
    getFirstOnlineDevice(): Promise<any>;
    getHealthBaikeUrl(...args: any[]): any;
    getTMESdk(options?: any): Promise<any>;
    dingDangManager: any;
    wxapi: any;
    firmwareUpgrade: any;
    h5Websocket: any;
    insightReportor: any;
    /** Newer SDK, as are the next four. */
    getInitData(): Promise<any>;
    getFamilyInfo(options?: object): Promise<FamilyInfo>;
    getAllFamilyList(): Promise<FamilyInfo[]>;
    getRoomList(options?: object): Promise<RoomInfo[]>;
    use(plugin: any, options?: any): this;
  }
}

declare module 'qcloud-iotexplorer-h5-panel-sdk' {
  const sdk: H5Panel.Sdk;
  export default sdk;
  export const DeviceAdapter: H5Panel.DeviceAdapterClass;
  export const StandardDeviceAdapter: H5Panel.DeviceAdapterClass<H5Panel.StandardDeviceAdapter>;
}

/** Bluetooth + Wi-Fi set-up, from the platform's own npm package. */
declare module 'qcloud-iotexplorer-appdev-plugin-wificonf-blecombo/lib/protocols/BleComboDualMode' {
  export const BleComboDualModeDeviceAdapter4H5: H5Panel.DeviceAdapterClass & {
    /** Before `addAdapter(BleComboDualModeDeviceAdapter4H5, true)`. */
    injectOptions(options: { appDevSdk: any }): void;
  };
}

interface Window {
  h5PanelSdk: H5Panel.Sdk;
}
