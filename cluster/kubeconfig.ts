import { stringify } from "yaml";

export type KubeconfigOptions = {
  /** Of the control plane; user and cluster names are made from it, so that several files can be merged. */
  name: string;
  user: string;
  url: string;
  /** PEM. */
  certificateAuthority: string;
  token: string;
};

/** The text of a kubeconfig with one cluster, one user and one context, which is the current one. */
export function kubeconfig({ name, user, url, certificateAuthority, token }: KubeconfigOptions): string {
  const userName = `${name}-${user}`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: url,
          "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64"),
        },
      },
    ],
    users: [{ name: userName, user: { token } }],
    contexts: [{ name: userName, context: { cluster: name, user: userName } }],
    "current-context": userName,
  });
}
