/** A file as its publisher gives it out. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly checksum: { readonly algorithm: "sha256" | "md5"; readonly hex: string };
}

/** A data set that can be fetched; every mirror holds every file directly below its address. */
export interface DataSource {
  /** Folder below the data folder. */
  readonly folder: string;
  readonly mirrors: readonly string[];
  readonly files: readonly SourceFile[];
}

const sha256 = (name: string, bytes: number, hex: string): SourceFile => ({ name, bytes, checksum: { algorithm: "sha256", hex } });
/** The publisher of Fashion-MNIST lists MD5 sums: enough against damage, not against forgery. */
const md5 = (name: string, bytes: number, hex: string): SourceFile => ({ name, bytes, checksum: { algorithm: "md5", hex } });

/** Canonical places of the data sets, best first. */
export const dataSources: Readonly<Record<string, DataSource>> = {
  mnist: {
    folder: "mnist",
    mirrors: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
    files: [
      sha256("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
      sha256("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
      sha256("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
      sha256("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ],
  },
  "fashion-mnist": {
    folder: "fashion-mnist",
    mirrors: ["https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/", "https://fashion-mnist.s3.eu-central-1.amazonaws.com/"],
    files: [
      md5("train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
      md5("train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
      md5("t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
      md5("t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    ],
  },
};
