/** The helpers of tslib that the Bluetooth adapters call. */

export {
  __assign,
  __awaiter,
  __createBinding,
  __exportStar,
  __extends,
  __generator,
  __importDefault,
  __importStar,
  __read,
  __rest,
  __spread,
  __values,
} from 'tslib'
