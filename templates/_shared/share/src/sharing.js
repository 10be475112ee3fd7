import { createState } from './state';

/*::
export interface Person {
  id: string;
  name: string;
}
export interface SharingState {
  people: Person[];
  phase: 'loading' | 'failed' | 'ready';
}
export type Sharing = ReturnType<typeof createSharing>;
*/
const MOST = 100; // people of one answer, the most that the cloud gives

/** Keep the people whom the device is shared with. Create it after sdkReady(). */
export function createSharing(sdk /*: H5Panel.Sdk */) {
  const state = createState/*::<SharingState>*/({ people: [], phase: 'loading' });
  const device = { ProductId: sdk.productId, DeviceName: sdk.deviceName };

  /** Read the list; only the owner has one. */
  async function load() {
    if (sdk.isShareDevice) return state.update({ phase: 'ready' });
    try {
      const people /*: Person[] */ = [];
      let total = 1;
      while (people.length < total) {
        const page = { Offset: people.length, Limit: MOST };
        const answer = await sdk.requestTokenApi('AppListShareDeviceUsers', { ...device, ...page });
        if (!answer.Users.length) break;
        people.push(...answer.Users.map(readPerson));
        total = answer.Total;
      }
      return state.update({ people, phase: 'ready' });
    } catch (error) {
      console.warn('The list of people could not be read.', error);
      return state.update({ phase: 'failed' });
    }
  }

  async function remove(person /*: Person */) {
    try {
      await sdk.requestTokenApi('AppRemoveShareDeviceUser', { ...device, RemoveUserId: person.id });
    } catch (error) {
      sdk.tips.showError(error);
      return;
    }
    await load();
  }

  /** Lead to a page of the mini program or another part of the SDK; what fails is shown. */
  function lead(way /*: () => unknown */) {
    return () => Promise.resolve(way()).catch((error) => error && sdk.tips.showError(error));
  }

  return {
    getState: state.get,
    subscribe: state.subscribe,
    load,
    remove,
    isGuest: sdk.isShareDevice,
    /** Open the mini program's page, where the owner sends the invitation. */
    invite: lead(() => sdk.goShareDevicePage()),
    /** Give the device back, for whom it was shared with; asks first. */
    leave: lead(() => sdk.deleteDevice()),
    /** Follow the page, since invitations are taken while it is in the background; call the result to stop. */
    start() {
      sdk.on('pageShow', load);
      return function stop() {
        sdk.off('pageShow', load);
      };
    },
  };
}

/** Phone numbers come with their middle hidden. */
const readPerson = (row /*: any */) /*: Person */ => ({
  id: row.UserId,
  name: row.NickName || row.PhoneNumber || row.UserId,
});
