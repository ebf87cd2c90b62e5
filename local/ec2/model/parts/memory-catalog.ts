/** A catalog that is written down: for unit tests and the simulation. Versions of a template in their order, from 1. */
import type { Catalog, Image, InstanceProfile, LaunchTemplateVersion, Subnet } from '../catalog.ts';

export interface MemoryCatalog {
  readonly launchTemplates?: readonly {
    readonly id: string;
    readonly name: string;
    /** Number of the default version; 1 unless told. */
    readonly defaultVersion?: number;
    readonly versions: readonly LaunchTemplateVersion['data'][];
    readonly tags?: Readonly<Record<string, string>>;
  }[];
  readonly subnets?: readonly Subnet[];
  readonly images?: readonly Image[];
  readonly instanceProfiles?: readonly InstanceProfile[];
  readonly securityGroupIds?: readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
}

export function createMemoryCatalog(written: MemoryCatalog): Catalog {
  const { launchTemplates = [], subnets = [], images = [], instanceProfiles = [] } = written;
  return {
    launchTemplate({ id, name, version }) {
      const template = launchTemplates.find((one) => (id === undefined ? one.name === name : one.id === id));
      if (template === undefined) return 'no-template';
      const number =
        version === '$Latest'
          ? template.versions.length
          : version === '$Default'
            ? (template.defaultVersion ?? 1)
            : Number(version);
      const data = template.versions[number - 1];
      if (data === undefined) return 'no-version';
      return { id: template.id, name: template.name, version: number, data, tags: template.tags ?? {} };
    },
    subnet: (id) => subnets.find((subnet) => subnet.id === id),
    image: (id) => images.find((image) => image.id === id),
    instanceProfile: ({ arn, name }) =>
      instanceProfiles.find((one) => (arn === undefined ? one.name === name : one.arn === arn)),
    securityGroupExists: (id) => written.securityGroupIds?.includes(id) ?? false,
    parameter: (name) => written.parameters?.[name],
  };
}
