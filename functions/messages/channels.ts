import type { Application, Channel, McpChannel } from '#policy/application';

export type ChatChannel = Exclude<Channel, { kind: 'mail' }>;

/** One recipient over one channel: sent once and recorded once. A room is shared, so it gets no link that decides. */
export type Delivery = {
  /** Unique among the deliveries over channels of one kind. */
  readonly name: string;
} & ({ readonly channel: Channel; readonly person: string } | { readonly channel: ChatChannel; readonly person?: undefined });

/** Lists the deliveries of a message: one mail for each person, one post for each room. */
export function deliveriesOf({ channels }: Application, people: readonly string[]): Delivery[] {
  return channels.flatMap((channel): Delivery[] => {
    if (channel.kind === 'mail') return people.map((person) => ({ channel, person, name: person }));
    return channel.kind === 'mcp' ? byTools(channel, people) : [{ channel, name: channel.webhookSecret }];
  });
}

function byTools(channel: McpChannel, people: readonly string[]): Delivery[] {
  const { tools, url } = channel;
  const room = { channel, name: url };
  const mails = people.map((person) => ({ channel, person, name: `${url} ${person}` }));
  return tools.flatMap((tool): Delivery[] => (tool === 'stage_email' ? mails : [room]));
}
