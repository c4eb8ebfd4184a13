import { GoogleChatRoom } from '#adapters/room.google-chat';
import { SlackRoom } from '#adapters/room.slack';
import type { Message } from '#domain/message';
import { mailPage } from '#pages/mail';
import type { Application, Channel } from '#ports/applications';
import { mail, secrets } from './services.ts';

/** One recipient over one channel: what is sent once and recorded once. */
export interface Delivery {
  readonly channel: Channel;
  /** A person's address; a room has no other name than its channel's. */
  readonly to: string;
}

/** Lists who is told: every person by mail, everyone in a room at once. */
export function deliveriesOf({ channels }: Application, people: readonly string[]): Delivery[] {
  return channels.flatMap((channel): Delivery[] =>
    channel.kind === 'mail' ? people.map((to) => ({ channel, to })) : [{ channel, to: channel.webhookSecret }],
  );
}

/** Sends one message; whatever it throws says why and never names a webhook. */
export async function send({ channel, to }: Delivery, message: Message): Promise<void> {
  if (channel.kind === 'mail') return mail().send([to], { ...message, html: mailPage(message) });
  const webhookUrl = await secrets().readSecret(channel.webhookSecret);
  const room = channel.kind === 'slack' ? new SlackRoom(webhookUrl) : new GoogleChatRoom(webhookUrl);
  return room.post(message);
}
