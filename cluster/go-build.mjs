// Plain JavaScript without any package: it is used before they are installed.
import { fileURLToPath } from "node:url";

/** Where the one Go module lies of which all programs are built, so that what several of them need is compiled once. */
export const goModule = fileURLToPath(new URL(".", import.meta.url));

/** The Go package of each program, in the order in which they are built. */
export const goPackages = /** @type {const} */ ({
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
  kwok: "sigs.k8s.io/kwok/cmd/kwok",
});

/**
 * The Go package of each program that only tests need, and the folder of its go.mod: a module of its own each, so that no demo
 * waits for it and its requirements change nothing of what the control plane is built of.
 */
export const testSources = /** @type {const} */ ({
  "toxiproxy-server": {
    goPackage: "github.com/Shopify/toxiproxy/v2/cmd/server",
    module: fileURLToPath(new URL("toxiproxy", import.meta.url)),
  },
  versitygw: {
    goPackage: "github.com/versity/versitygw/cmd/versitygw",
    module: fileURLToPath(new URL("versitygw", import.meta.url)),
  },
});

/**
 * -trimpath makes the programs independent of where the checkout lies; -s -w leaves debug tables out, half of the size, and
 * dwarf=false does not even make them.
 */
export const goFlags = /** @type {const} */ (["-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", "-s -w"]);

/** Most packages compile in less than 1 GiB, and then the compiler need not collect its garbage at all: a quarter less work. */
export const goEnvironment = /** @type {const} */ ({ CGO_ENABLED: "0", GOGC: "off", GOMEMLIMIT: "1GiB" });

/**
 * Where programs that were built or downloaded are kept, outside of the checkout.
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @param {string} home the person's home directory
 */
export function programsCache(environment, home) {
  return `${environment.XDG_CACHE_HOME || `${environment.HOME || home}/.cache`}/gatehouse/cluster`;
}
