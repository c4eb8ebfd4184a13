import type { Application, Channel, McpChannel } from '#policy/application';

export type RoomChannel = Exclude<Channel, { kind: 'mail' }>;

/** One recipient over one channel: what is sent once and recorded once. A room is everybody's, and gets nothing that decides. */
export type Delivery = {
  /** Tells it from every other delivery over channels of its kind. */
  readonly name: string;
} & ({ readonly channel: Channel; readonly person: string } | { readonly channel: RoomChannel; readonly person?: undefined });

/** Lists who is told: every person by mail, everyone in a room at once. */
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
