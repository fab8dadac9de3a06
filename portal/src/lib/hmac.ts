/** The options of a sender whose signing scheme has no preset. */

import type { SignatureAlgorithm, SignatureEncoding, SourceVerificationInput } from "../gql/graphql";

export type HmacOptions = {
  header: string;
  prefix: string;
  encoding: SignatureEncoding;
  algorithm: SignatureAlgorithm;
  signs: string;
  timestampHeader: string;
  idHeader: string;
  toleranceSeconds: string;
  trustUnsignedHeaders: boolean;
};

export const USUAL_HMAC: HmacOptions = {
  header: "X-Signature", prefix: "", encoding: "HEX", algorithm: "SHA256", signs: "{body}", timestampHeader: "", idHeader: "", toleranceSeconds: "300", trustUnsignedHeaders: false,
};
/** The options as the API takes them: a header that is not named is left out, and without a signed time there is no tolerance. */
export function verificationOf({ timestampHeader, idHeader, toleranceSeconds, ...options }: HmacOptions): SourceVerificationInput {
  return {
    ...options,
    ...(timestampHeader.trim() === "" ? {} : { timestampHeader: timestampHeader.trim(), toleranceSeconds: Number(toleranceSeconds) }),
    ...(idHeader.trim() === "" ? {} : { idHeader: idHeader.trim() }),
  };
}
