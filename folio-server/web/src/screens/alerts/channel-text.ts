import { text } from '../../text';

export const channelName = (channel: string) => text.channels.names[channel] ?? channel;

export const channelNames = (channels: readonly string[]) => channels.map(channelName).join(', ');
