/** The hashes that the platform's code uses, from the library that its packages hold a whole copy of. */

import CryptoJS from 'crypto-js/core'
import 'crypto-js/enc-base64'
import 'crypto-js/md5'
import 'crypto-js/sha1'
import 'crypto-js/sha256'
import 'crypto-js/hmac'
import 'crypto-js/lib-typedarrays'

export default CryptoJS
