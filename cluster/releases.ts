/** The programs of a control plane, as they are called on disk, in the order in which they are obtained. */
export const programNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kwok",
] as const;

/** What only tests need: a way that can be disturbed, and an object store. The latter is built with Go or found, not downloaded. */
export const testProgramNames = ["toxiproxy-server", "versitygw"] as const;

export type TestProgramName = (typeof testProgramNames)[number];

export type ProgramName = (typeof programNames)[number];

/** One file that its own project publishes, and the digest that it must have to be used. */
export type Release = {
  url: string;
  /** `<algorithm>:<hex>`, as the project (or a list kept by the Kubernetes project) publishes it. */
  digest: string;
  /** Program → its place inside the gzipped tar archive, or "" where the download is the program itself. */
  programs: Partial<Record<ProgramName | TestProgramName, string>>;
};

function kubernetes(architecture: string, digest: string): Release {
  return {
    url: `https://dl.k8s.io/v1.36.0/kubernetes-server-linux-${architecture}.tar.gz`,
    digest,
    programs: {
      "kube-apiserver": "kubernetes/server/bin/kube-apiserver",
      "kube-controller-manager": "kubernetes/server/bin/kube-controller-manager",
      "kube-scheduler": "kubernetes/server/bin/kube-scheduler",
      kubectl: "kubernetes/server/bin/kubectl",
    },
  };
}

function etcd(architecture: string, digest: string): Release {
  const archive = `etcd-v3.6.14-linux-${architecture}`;
  return {
    url: `https://github.com/etcd-io/etcd/releases/download/v3.6.14/${archive}.tar.gz`,
    digest,
    programs: { etcd: `${archive}/etcd` },
  };
}

function kwok(architecture: string, digest: string): Release {
  return {
    url: `https://github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/kwok-linux-${architecture}`,
    digest,
    programs: { kwok: "" },
  };
}

function toxiproxy(architecture: string, digest: string): Release {
  return {
    url: `https://github.com/Shopify/toxiproxy/releases/download/v2.5.0/toxiproxy_2.5.0_linux_${architecture}.tar.gz`,
    digest,
    programs: { "toxiproxy-server": "toxiproxy-server" },
  };
}

/**
 * Pinned releases by `<platform>-<architecture>` as Node names them. A platform that is not listed has none: the Kubernetes
 * project publishes no control plane programs for macOS. The archive of Kubernetes is pinned by SHA-512, because that is
 * what its changelog publishes; the others by SHA-256.
 */
export const releases: Readonly<Record<string, readonly Release[]>> = {
  "linux-x64": [
    etcd("amd64", "sha256:ffe840ff9295808e88cce2794a18a5ac87f12a5203c8314d0bf6aa119b41bac5"),
    kubernetes(
      "amd64",
      "sha512:1c64da92575451c2c7ff97c79b772e603995f8e76da1371a6b0746aaa27b65dce81c4d734cbb50f40e71486a8e08df36f14e12974f97d4d29e41f23a172a6a25",
    ),
    kwok("amd64", "sha256:f5a4385a2ae1b9dd7f8acae18e002a75c0ebba124ae9d7259aa8dadb50711f46"),
    toxiproxy("amd64", "sha256:2dcc53a7cd5e1cab3514bba3002cdc9626abd7e42cdf4a070242e3d977dcbeca"),
  ],
  "linux-arm64": [
    etcd("arm64", "sha256:fa1b80565ee6fc2df1ae6f57a508b221f3ecc7d591c317c581cd8281b0842b3e"),
    kubernetes(
      "arm64",
      "sha512:7f95e451baedd9368a2fa637afa84c9ed1b958736540ca27a379e5e292e1a10c5d9a29539f833047574bf5d3b6f907f32dee5735acecc11aa4686f078108dcf8",
    ),
    kwok("arm64", "sha256:628f7d277860f524a2a775c217adcc58828e7b59ab0933680315784f1b8b0e37"),
  ],
};
